using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Defms.Serving;

/// <summary>The log: one line an event on standard error, times in UTC.</summary>
public static class ServerLog
{
    private const string Timestamp = "yyyy-MM-dd'T'HH:mm:ss'Z' ";

    /// <param name="isJson">Each line a JSON object with the event's own values, for programs that read logs.</param>
    public static ILoggerFactory Create(bool isVerbose, bool isJson = false) => LoggerFactory.Create(logging => Format(logging, isJson)
        .SetMinimumLevel(isVerbose ? LogLevel.Debug : LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        // Why it does not start the program says itself, in one line.
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
        // Its errors are what strangers do to their own connections.
        .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical)
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    private static ILoggingBuilder Format(ILoggingBuilder logging, bool isJson) => isJson
        ? logging.AddJsonConsole(format =>
        {
            format.TimestampFormat = Timestamp.TrimEnd();
            format.UseUtcTimestamp = true;
        })
        : logging.AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.TimestampFormat = Timestamp;
            format.UseUtcTimestamp = true;
            format.ColorBehavior = LoggerColorBehavior.Disabled;
        });
}
