using Defms.Cli;

return CommandLine.Run(args);
