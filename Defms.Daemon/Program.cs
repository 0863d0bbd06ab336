using Defms.Daemon;

return await Running.RunAsync(args, Console.Out, Console.Error);
