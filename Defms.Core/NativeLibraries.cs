using System.Runtime.InteropServices;

namespace Defms.Core;

/// <summary>
/// Which loaded library a LibraryImport name of this assembly stands for. An assembly has one DllImportResolver, and several rooms bind
/// libraries. (The load context's event would take any number, but the runtime asks it last: each function would first be looked for in some
/// thirty files that do not exist.)
/// </summary>
internal static class NativeLibraries
{
    private static readonly Lock Gate = new();
    private static volatile Binding? first;

    /// <summary>Before the first call of a function imported from <paramref name="importName"/>.</summary>
    internal static void Bind(string importName, nint handle)
    {
        lock (Gate)
        {
            if (first is null) NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, static (name, _, _) => Find(name));
            first = new Binding(importName, handle, first);
        }
    }

    private static nint Find(string importName)
    {
        for (Binding? binding = first; binding is not null; binding = binding.Next)
        {
            if (binding.ImportName == importName) return binding.Handle;
        }

        return 0;
    }

    /// <summary>A list, because a dictionary of numbers would have to be compiled at each start.</summary>
    private sealed class Binding(string importName, nint handle, Binding? next)
    {
        internal string ImportName => importName;

        internal nint Handle => handle;

        internal Binding? Next => next;
    }
}
