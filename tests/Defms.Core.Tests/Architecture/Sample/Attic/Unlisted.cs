namespace Defms.Core.Tests.Architecture.Sample.Attic;

/// <summary>Lies in a room that nobody declared.</summary>
internal sealed class Unlisted;
