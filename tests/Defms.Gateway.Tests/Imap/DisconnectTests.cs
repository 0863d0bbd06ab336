using Defms.Gateway.Imap;
using Defms.Gateway.Tests.Imap.Fixtures;

namespace Defms.Gateway.Tests.Imap;

public sealed class DisconnectTests
{
    private const int Mails = 18;

    [Fact]
    public async Task A_connection_that_breaks_at_any_octet_loses_no_mail_and_brings_none_twice()
    {
        long whole = await SessionLengthAsync();
        Assert.InRange(whole, 2_000, 6_000);
        for (long cut = 0; cut < whole; cut++)
        {
            FakeServer server = Server();
            server.Shape = (number, reader, writer) => number > 0 ? new FakeWire(reader, writer) : new FakeWire(reader, writer) { CutAfter = cut, CutIsAbrupt = cut % 2 == 1 };
            var fetching = new Fetching(server.Account(), server);
            try
            {
                await fetching.PassAsync();
            }
            catch (ImapException e)
            {
                Assert.True(e.Fault is ImapFault.Lost or ImapFault.BadAnswer, $"Cut at {cut}: {e.Message}");
            }
            await fetching.PassAsync();
            fetching.AssertHasOnce(server.Inbox.Mails);
        }
    }

    [Fact]
    public async Task A_connection_that_breaks_at_any_octet_while_mail_is_moved_loses_none()
    {
        long whole = await SessionLengthAsync(Moving);
        for (long cut = 0; cut < whole; cut += 3)
        {
            FakeServer server = Server();
            server.Folders["Done"] = new FakeFolder();
            server.Shape = (number, reader, writer) => number > 0 ? new FakeWire(reader, writer) : new FakeWire(reader, writer) { CutAfter = cut };
            FakeMail[] mails = [.. server.Inbox.Mails];
            var fetching = new Fetching(server.Account(Moving), server);
            await Record.ExceptionAsync(fetching.PassAsync);
            await fetching.PassAsync();
            fetching.AssertHasOnce(mails);
            Assert.Empty(server.Inbox.Mails);
            Assert.Equal(mails.Length, server.Folders["Done"].Mails.Count);
        }
    }

    [Fact]
    public async Task A_conversation_split_at_any_octet_is_the_same_conversation()
    {
        long whole = await SessionLengthAsync();
        for (long split = 1; split < whole; split++)
        {
            FakeServer server = Server();
            server.Shape = (_, reader, writer) => new FakeWire(reader, writer) { SplitAt = split };
            var fetching = new Fetching(server.Account(), server);
            Assert.Equal(Mails, (await fetching.PassAsync()).Fetched);
            fetching.AssertHasOnce(server.Inbox.Mails);
        }
    }

    [Fact]
    public async Task A_conversation_that_comes_octet_by_octet_is_the_same_conversation()
    {
        FakeServer server = Server();
        server.Shape = (_, reader, writer) => new FakeWire(reader, writer) { MaxRead = 1 };
        var fetching = new Fetching(server.Account(), server);
        await fetching.PassAsync();
        fetching.AssertHasOnce(server.Inbox.Mails);
    }

    private static ImapAccount Moving(ImapAccount account) => account with { AfterStorage = AfterStorage.Move, MoveTo = "Done" };

    private static FakeServer Server()
    {
        var server = new FakeServer();
        server.Inbox.Add(Mails);
        return server;
    }

    private static async Task<long> SessionLengthAsync(Func<ImapAccount, ImapAccount>? change = null)
    {
        FakeServer server = Server();
        server.Folders["Done"] = new FakeFolder("\\Trash");
        await new Fetching(server.Account(change), server).PassAsync();
        return server.Sent;
    }
}
