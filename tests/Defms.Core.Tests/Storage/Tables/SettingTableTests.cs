using Defms.Core.Mailboxes;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class SettingTableTests : TableTest
{
    private ISettingTable Settings => Tables.Settings;

    [Fact]
    public void A_setting_is_read_as_it_was_set_last()
    {
        Assert.Null(Settings.Get("a"));
        Assert.Null(Settings.GetBytes("a"));
        Settings.Set("a", "1");
        Settings.Set("a", "Zwölf\0!");
        Assert.Equal("Zwölf\0!", Settings.Get("a"));
        Settings.Set("empty", "");
        Assert.Equal("", Settings.Get("empty"));
    }

    [Fact]
    public void Bytes_are_kept_exactly_even_none()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        Settings.SetBytes("a", all);
        Settings.SetBytes("none", []);
        Assert.Equal(all, Settings.GetBytes("a")!);
        Assert.Equal([], Settings.GetBytes("none")!);
    }

    [Fact]
    public void A_removed_setting_is_gone_and_others_stay()
    {
        Settings.Set("a", "1");
        Settings.Set("A", "2");
        Settings.Remove("a");
        Settings.Remove("never there");
        Assert.Null(Settings.Get("a"));
        Assert.Equal("2", Settings.Get("A"));
    }
}
