using Defms.Cli;
using Defms.Core.Storage;

NativePreload.Begin();
return CommandLine.Run(args);
