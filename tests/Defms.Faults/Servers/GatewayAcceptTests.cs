using System.Text;
using Defms.EndToEnd.Tests.Gateway;
using Defms.Faults.Tracing;

namespace Defms.Faults.Servers;

/// <summary>A gateway that takes mail by SMTP: what it answered with 250 comes to its owner.</summary>
public sealed class GatewayAcceptTests : ServerTests
{
    private SteadyGateway gateway = null!;

    private protected override int ProcessId => gateway.Program.ProcessId;

    private protected override string Home => gateway.Program.Home;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        gateway = await SteadyGateway.MakeAsync("");
        await gateway.LaunchAsync();
        await gateway.Program.ServeWithCardAsync(Alice, Alice.Address);
        await gateway.KillAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (gateway is not null)
            await gateway.DisposeAsync();
        await base.DisposeAsync();
    }

    private protected override Task LaunchAsync() => gateway.LaunchAsync();

    private protected override Task KillAsync() => gateway.Program.KillAsync();

    private protected override string Mail(string id) => Encoding.Latin1.GetString(Canary.Mail(id, Alice.Address, filling: 3_000));

    private protected override async Task<bool> BringAsync(string mail, Fault? fault)
    {
        try
        {
            using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.Smtp.Port);
            string answer = await talk.SendAsync(Canary.From, Alice.Address, Encoding.Latin1.GetBytes(mail));
            Assert.True(answer[0] is '2' or '4', $"what fails for the time being is no reason to give up: {answer}");
            return answer.StartsWith("250", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private protected override async Task<string> CollectAsync()
    {
        (await Alice.RunAsync("sync")).Expect(0);
        return Alice.Home;
    }
}
