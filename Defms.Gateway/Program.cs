using Defms.Gateway;

return await Running.RunAsync(args, Console.Out, Console.Error);
