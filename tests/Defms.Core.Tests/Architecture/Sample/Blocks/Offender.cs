using Defms.Core.Tests.Architecture.Sample.Threads;

namespace Defms.Core.Tests.Architecture.Sample.Blocks;

/// <summary>Breaks the rules once in every way that the test must notice.</summary>
[Marked(typeof(Conversation))]
internal sealed class Offender : IConversation
{
    private readonly List<Conversation[]> field = [];

    public int InBody() => Conversation.Count + field.Count;

    public Func<int> InLambda() => () => new Conversation().GetHashCode();

    public async Task InAsync() => await Task.FromResult(Conversation.Generic<Conversation>());

    public void InSignature(Dictionary<int, Conversation?> conversations) => conversations.Clear();

    public bool TouchesFiles() => File.Exists("never");

    public StreamReader OpensPath() => new("never");

    public void OpensSocket() => new HttpClient().Dispose();
}

[AttributeUsage(AttributeTargets.Class)]
internal sealed class MarkedAttribute(Type type) : Attribute
{
    public Type Type { get; } = type;
}

/// <summary>Keeps every rule.</summary>
internal sealed class Keeper
{
    public Keeper? Same { get; init; }

    public static int Length(Stream stream, string path) => new StreamReader(stream).Read() + Path.GetFileName(path).Length;
}
