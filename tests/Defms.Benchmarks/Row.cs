using System.Globalization;
using System.Text.Json.Serialization;

namespace Defms.Benchmarks;

/// <summary>One figure, as it is printed and as the scoreboard keeps it.</summary>
internal sealed record Row(string Figure)
{
    /// <summary>For a ratio the two figures that it compares.</summary>
    public string? Unit { get; init; }

    /// <summary>Null where it could not be measured.</summary>
    public double? Median { get; init; }

    public double? Min { get; init; }

    public double? Max { get; init; }

    public int? Runs { get; init; }

    /// <summary>What it is held against; null where there is none.</summary>
    [JsonIgnore]
    public Target? Bound { get; init; }

    public string? Target
    {
        get => Bound?.ToString();
        init => Bound = Benchmarks.Target.Parse(value);
    }

    public bool? Met => Median is { } median && Bound is { } bound ? bound.IsMetBy(median) : null;

    /// <summary>Why it could not be measured.</summary>
    public string? Skipped { get; init; }

    /// <summary>Three digits behind the point below 10, else one.</summary>
    public static double Rounded(double value) => Math.Round(value, value < 10 ? 3 : 1);
}

/// <summary>What a figure is held against.</summary>
/// <param name="IsCeiling">Whether smaller is better.</param>
internal sealed record Target(double Value, bool IsCeiling)
{
    private const string AtMost = "<= ";
    private const string AtLeast = ">= ";

    public bool IsMetBy(double median) => IsCeiling ? median <= Value : median >= Value;

    /// <summary>How many times as good as asked for; 1 is just enough.</summary>
    public double Standing(double median) => IsCeiling ? Value / median : median / Value;

    /// <summary>From what <see cref="ToString"/> wrote.</summary>
    public static Target? Parse(string? text) => text is null ? null
        : new Target(double.Parse(text.AsSpan(AtMost.Length), NumberStyles.Float, CultureInfo.InvariantCulture), text.StartsWith(AtMost, StringComparison.Ordinal));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsCeiling ? AtMost : AtLeast)}{Value}");
}
