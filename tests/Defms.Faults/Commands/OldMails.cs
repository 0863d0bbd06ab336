using System.Globalization;
using System.Text;
using Defms.EndToEnd.Tests.Gateway;

namespace Defms.Faults.Commands;

/// <summary>Mail of other programs, a file each; every third is too large for a single block.</summary>
internal static class OldMails
{
    /// <summary>Writes them into a new folder; their octets, a character each.</summary>
    /// <param name="id">Makes them others than those with another one.</param>
    /// <param name="isSmall">None is large.</param>
    public static async Task<string[]> WriteAsync(string folder, int count, string id = "", bool isSmall = false)
    {
        Directory.CreateDirectory(folder);
        var mails = new List<string>();
        for (int i = 0; i < count; i++)
        {
            byte[] mail = Canary.Mail(string.Create(CultureInfo.InvariantCulture, $"{id}{i:00000}"), "alice@a.example", filling: i % 3 == 2 && !isSmall ? 3_000 : 3);
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{i:00000}.eml"), mail);
            mails.Add(Encoding.Latin1.GetString(mail));
        }
        return [.. mails];
    }
}
