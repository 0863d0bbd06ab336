using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Defms.Serving;

/// <summary>The log: one line an event on standard error, times in UTC.</summary>
public static class ServerLog
{
    public static ILoggerFactory Create(bool isVerbose) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(isVerbose ? LogLevel.Debug : LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        // Its errors are what strangers do to their own connections.
        .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical)
        .AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss'Z' ";
            format.UseUtcTimestamp = true;
            format.ColorBehavior = LoggerColorBehavior.Disabled;
        })
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
}
