using System.Text;
using Defms.Gateway.Imap.Sasl;

namespace Defms.Gateway.Tests.Imap;

public sealed class SaslTests
{
    /// <summary>The example of RFC 7677, section 3.</summary>
    private const string ServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    private const string ServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    private readonly ScramSha256Exchange scram = new("user", "pencil", "rOprNGfwEbeRWgbNEkqO");

    [Fact]
    public void The_published_example_comes_out()
    {
        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", Text(scram.Initial()));
        Assert.Equal(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            Text(scram.Answer(Encoding.ASCII.GetBytes(ServerFirst))));
        Assert.False(scram.MaySucceed);
        Assert.Empty(scram.Answer(Encoding.ASCII.GetBytes(ServerFinal))!);
        Assert.True(scram.MaySucceed);
    }

    [Theory]
    [InlineData("r=another%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=!!,i=4096")]
    [InlineData("m=x,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("e=other-error")]
    [InlineData("")]
    public void A_first_message_that_weakens_the_login_is_refused(string first)
    {
        Assert.Null(scram.Answer(Encoding.ASCII.GetBytes(first)));
        Assert.False(scram.MaySucceed);
    }

    [Theory]
    [InlineData("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")]
    [InlineData("v=")]
    [InlineData("e=invalid-proof")]
    public void A_server_that_does_not_know_the_password_is_refused(string final)
    {
        scram.Answer(Encoding.ASCII.GetBytes(ServerFirst));
        Assert.Null(scram.Answer(Encoding.ASCII.GetBytes(final)));
        Assert.False(scram.MaySucceed);
    }

    [Fact]
    public void Names_with_the_marks_of_the_format_are_escaped() =>
        Assert.Equal("n,,n=a=3Db=2Cc,r=x", Text(new ScramSha256Exchange("a=b,c", "p", "x").Initial()));

    [Fact]
    public void Tokens_are_sent_as_documented()
    {
        Assert.Equal("user=a@b.example\u0001auth=Bearer tok\u0001\u0001", Text(new XOAuth2Exchange("a@b.example", "tok").Initial()));
        Assert.Equal(
            "n,a=a@b.example,\u0001host=h\u0001port=993\u0001auth=Bearer tok\u0001\u0001", Text(new OAuthBearerExchange("a@b.example", "tok", "h", 993).Initial()));
    }

    private static string Text(byte[]? bytes) => Encoding.UTF8.GetString(bytes!);
}
