using Defms.Core;
using Defms.Gateway.Smtp.Sasl;

namespace Defms.Gateway.Tests.Smtp.Fixtures;

/// <summary>One account: user with the password pencil, and salt and iterations of the example in RFC 7677, section 3.</summary>
internal sealed class TestCredentials : ISmtpCredentials
{
    public const string Account = "user";
    public const string Password = "pencil";

    private static readonly ScramVerifier Verifier = Scram.Verifier(Password, Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

    public int Iterations => 4096;

    public ValueTask<ScramVerifier?> FindAsync(string account, CancellationToken cancel) => account == "broken"
        ? throw new InvalidOperationException("The table is gone.")
        : new(account == Account ? Verifier : null);
}

/// <summary>The same octets again and again.</summary>
internal sealed class FixedRandom : RandomSource
{
    public override void Fill(Span<byte> destination) => destination.Fill(0x5a);
}
