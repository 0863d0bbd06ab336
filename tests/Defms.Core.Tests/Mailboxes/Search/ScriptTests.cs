using Defms.Core.Mailboxes.Search;

namespace Defms.Core.Tests.Mailboxes.Search;

/// <summary>Words of the world's scripts.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly SearchedMail mails = new();

    public void Dispose() => mails.Dispose();

    [Theory]
    [InlineData("東京都の天気について会議の日程", "東京")]
    [InlineData("東京都の天気について会議の日程", "京都")]
    [InlineData("東京都の天気について会議の日程", "天気")]
    [InlineData("東京都の天気について会議の日程", "日程")]
    [InlineData("東京都の天気について会議の日程", "程")]
    [InlineData("東京都の天気について会議の日程", "東")]
    [InlineData("東京都の天気について会議の日程", "東京都の天気について会議の日程")]
    [InlineData("东京ABC公司的报告", "ABC")]
    [InlineData("东京ABC公司的报告", "公司 报告")]
    [InlineData("东京ABC公司的报告", "东京ABC公司")]
    [InlineData("东京ABC公司的报告", "ＡＢＣ")]
    [InlineData("一", "一")]
    [InlineData("回議の資料をご確認", "\"資料をご\"")]
    [InlineData("カタカナとひらがな", "ひらがな")]
    [InlineData("회의를 내일로 옮깁니다", "회의")]
    [InlineData("𠀋𠂢𠮷野家", "𠮷野")]
    [InlineData("ประชุมวันพรุ่งนี้ที่กรุงเทพ", "กรุงเทพ")]
    [InlineData("ປະຊຸມມື້ອື່ນ", "ມື້ອື່ນ")]
    [InlineData("កិច្ចប្រជុំថ្ងៃស្អែក", "ថ្ងៃស្អែក")]
    [InlineData("Überprüfung der Änderungen", "uberprufung")]
    [InlineData("Uberprufung", "Überprüfung")]
    [InlineData("U\u0308berpru\u0308fung", "überprüfung")]
    [InlineData("Đặng Thị Łódź Søren İstanbul ısı", "dang thi lodz soren istanbul isi")]
    [InlineData("Ενημέρωση για το έργο", "ενημερωση εργο")]
    [InlineData("ΟΔΟΣ", "οδος")]
    [InlineData("Отчёт за третий КВАРТАЛ", "отчет квартал")]
    [InlineData("שָׁלוֹם לכולם", "שלום")]
    [InlineData("السَّلامُ عليكم", "السلام")]
    [InlineData("مرحبا بالعالم", "\u202Bمرحبا\u202C")]
    [InlineData("हिन्दी में समाचार", "हिन्दी")]
    [InlineData("soft\u00ADhyphen zero\u200Bwidth", "softhyphen zerowidth")]
    [InlineData("go 🚀 now", "🚀")]
    [InlineData("naïve café", "naive CAFÉ")]
    public void Is_found_and_marked(string text, string query)
    {
        mails.Add("it", "2024-01-01T00:00:00Z", $"From: a@example.org\nSubject: none\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nBefore it. {text}. Behind it.\n");
        mails.Add("other", "2024-01-02T00:00:00Z", "From: a@example.org\nSubject: none\n\nThe weather in another place.\n");

        SearchResult found = Assert.Single(mails.Search.Find(new SearchQuestion(query)));
        Assert.Equal("it", mails.Name(found));
        Assert.NotEmpty(found.Snippet.Marks);
    }

    [Theory]
    [InlineData("東京都の天気", "京東")]
    [InlineData("東京都の天気", "東都")]
    [InlineData("東京 天気", "\"京天\"")]
    [InlineData("日本語ABC", "\"日本 ABC\"")]
    [InlineData("กรุงเทพ", "เทพกรุง")]
    [InlineData("report", "repo")]
    [InlineData("שלום", "של")]
    public void Is_not_found(string text, string query)
    {
        mails.Add("it", "2024-01-01T00:00:00Z", $"Subject: none\nContent-Type: text/plain; charset=utf-8\n\n{text}\n");

        Assert.Empty(mails.Search.Find(new SearchQuestion(query)));
    }
}
