namespace Defms.Core;

/// <summary>A native library that Defms calls is not on this machine; the message names the packages that bring it.</summary>
public sealed class NativeLibraryMissingException(string library, string packages, Exception? inner = null) : Exception($"{library} is not installed. Install it: {packages}.", inner);
