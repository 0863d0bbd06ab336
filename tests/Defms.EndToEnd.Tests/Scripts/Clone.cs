using System.Diagnostics;

namespace Defms.EndToEnd.Tests.Scripts;

/// <summary>
/// A clone of Defms in a temporary folder: the real scripts, a few source files of no meaning, and in front of PATH a `dotnet`
/// that builds nothing but notes each call in `calls` and writes shell scripts where programs and test runners would be.
/// </summary>
internal sealed class Clone : IDisposable
{
    private static readonly string Repository = FindRepository();

    public Clone()
    {
        foreach (string room in (string[])["Defms.Core", "Defms.Cli", "Defms.Serving", "Defms.Daemon", "Defms.Gateway", "eng", "tests", "machine"])
            Directory.CreateDirectory(PathOf(room));
        foreach (string source in (string[])["Defms.Core/Block.cs", "Defms.Cli/Program.cs", "Defms.Serving/PeerServer.cs", "Defms.Daemon/Program.cs", "Defms.Gateway/Program.cs",
            "Directory.Build.props", "Directory.Packages.props", "global.json"])
            Write(source, "");
        foreach (string script in (string[])["defms", "test", .. Directory.GetFiles(Path.Combine(Repository, "eng")).Select(file => "eng/" + Path.GetFileName(file))])
            File.Copy(Path.Combine(Repository, script), PathOf(script));
        File.CreateSymbolicLink(PathOf("defms-daemon"), "defms");
        WriteProgram("machine/dotnet", Dotnet);
        WriteProgram("machine/ldconfig", "echo 'libsqlite3.so.0 libsodium.so.23'");
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("defms-clone-").FullName;

    /// <summary>How often the sources were built into programs.</summary>
    public int Builds => File.Exists(PathOf("calls")) ? File.ReadLines(PathOf("calls")).Count(call => call.StartsWith("msbuild", StringComparison.Ordinal)) : 0;

    public string PathOf(string name) => Path.Combine(Folder, name);

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    public void WriteProgram(string name, string shell)
    {
        Write(name, "#!/bin/sh\n" + shell + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PathOf(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A test project whose runner writes <paramref name="report"/>, says something and ends with <paramref name="status"/>.</summary>
    public void WriteRunner(string project, string report, int status)
    {
        Write($"tests/{project}/report.xml", report);
        WriteRunner(project, $$"""
            while [ $# -gt 1 ]; do [ "$1" != -xml ] || cp "{{PathOf($"tests/{project}/report.xml")}}" "$2"; shift; done
            exit {{status}}
            """);
    }

    /// <summary>A test project whose runner does <paramref name="shell"/>.</summary>
    public void WriteRunner(string project, string shell)
    {
        Directory.CreateDirectory(PathOf("tests/" + project));
        WriteProgram($"artifacts/bin/{project}/release/{project}", "echo \"the output of $0\"\n" + shell);
    }

    /// <summary>Returns when a file written now is newer than the build: file systems count time in steps of some milliseconds.</summary>
    public void LetFileTimesMoveOn()
    {
        do
            Write("clock", "");
        while (File.GetLastWriteTimeUtc(PathOf("clock")) <= File.GetLastWriteTimeUtc(PathOf("artifacts/app/.built")));
    }

    public Ended Run(string script, params string[] arguments) => Start(script, arguments).End();

    public Started Start(string script, params string[] arguments)
    {
        ProcessStartInfo start = new("/bin/sh", [PathOf(script), .. arguments])
        {
            WorkingDirectory = Path.GetTempPath(),
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = PathOf("machine") + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = Folder;
        start.Environment["DEFMS_TEST_TIMEOUT"] = "1";
        start.Environment.Remove("DOTNET_ROOT");
        return new Started(Process.Start(start)!);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // `broken` stands for a source that does not compile, `no-crossgen` for a feed that lacks the ahead-of-time compiler, and
    // `edited` for a person who saves a file while the build runs.
    private string Dotnet => $$"""
        [ "$1" = --list-sdks ] && { echo '10.0.100 [{{Folder}}/machine/sdk]'; exit; }
        echo "$*" >>'{{PathOf("calls")}}'
        [ ! -e '{{PathOf("broken")}}' ] || { echo 'Block.cs(1,1): error CS1002: ; expected'; exit 1; }
        case "$*" in *ReadyToRun=true*)
          [ ! -e '{{PathOf("no-crossgen")}}' ] || { echo 'error NU1101: Unable to find package Microsoft.NETCore.App.Crossgen2'; exit 1; } ;;
        esac
        if [ -e '{{PathOf("edited")}}' ]; then
          rm '{{PathOf("edited")}}'
          until [ '{{PathOf("Defms.Core/Block.cs")}}' -nt '{{PathOf("artifacts/app.next/.built")}}' ]; do echo >'{{PathOf("Defms.Core/Block.cs")}}'; done
        fi
        for argument; do
          case $argument in -p:AppDirectory=*)
            for program in defms defms-daemon; do
              printf '#!/bin/sh\necho "%s of %s: $* in $DOTNET_ROOT"\n' "$program" "$(wc -l <'{{PathOf("calls")}}')" >"${argument#*=}/$program"
              chmod +x "${argument#*=}/$program"
            done ;;
          esac
        done
        """;

    private static string FindRepository()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Defms.sln")))
                return folder;
        }
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Defms.sln.");
    }
}

/// <summary>A script that runs.</summary>
internal sealed record Started(Process Process)
{
    public Ended End()
    {
        using (Process)
        {
            Process.StandardInput.Close();
            Task<string> errors = Process.StandardError.ReadToEndAsync();
            string output = Process.StandardOutput.ReadToEnd();
            Process.WaitForExit();
            return new Ended(Process.ExitCode, output, errors.GetAwaiter().GetResult());
        }
    }
}

/// <summary>A script that has ended.</summary>
internal sealed record Ended(int Status, string Output, string Errors)
{
    public string LastLine => Output.TrimEnd('\n').Split('\n')[^1];
}
