namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>The seeds, and the inputs that first ended in a new way.</summary>
internal sealed class Corpus(List<byte[]> inputs)
{
    /// <summary>Enough for every way there is; ways told by numbers would go on for ever.</summary>
    private const int Max = 4096;

    private readonly HashSet<string> outcomes = [];

    public int SeedCount { get; } = inputs.Count;

    public int Count => inputs.Count;

    public int Outcomes => outcomes.Count;

    public byte[] this[int index] => inputs[index];

    /// <summary>Any of them, seeds as often as all that was found.</summary>
    public byte[] Pick(Random random) => inputs[random.Next(2) == 0 ? random.Next(SeedCount) : random.Next(inputs.Count)];

    public void Note(string outcome, byte[] input)
    {
        if (inputs.Count < Max && outcomes.Add(outcome) && input.Length is > 0 and <= 8192)
            inputs.Add(input);
    }
}
