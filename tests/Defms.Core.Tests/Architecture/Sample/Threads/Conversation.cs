namespace Defms.Core.Tests.Architecture.Sample.Threads;

internal interface IConversation;

internal sealed class Conversation
{
    public static int Count => new Blocks.Keeper().GetHashCode();

    public static T? Generic<T>() => default;
}
