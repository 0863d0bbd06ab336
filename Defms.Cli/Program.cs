using Defms.Cli;

return await CommandLine.RunAsync(args);
