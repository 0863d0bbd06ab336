using System.Net;
using System.Net.Sockets;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Authentication.Spf;

/// <summary>
/// One run of check_host() with its budget (RFC 7208, 4.6.4): 10 terms that ask the DNS, 2 of them in vain, 10 hosts for one mx, 10 names of
/// one address. Includes stand on a stack of our own instead of recursing.
/// </summary>
internal sealed class SpfEvaluation(IResolver resolver, SpfMacroValues sender)
{
    private const int MaxLookups = 10;
    private const int MaxVoids = 2;
    private const int MaxHosts = 10;

    private readonly Stack<Frame> frames = new();
    private IReadOnlyList<string>? validatedNames;
    private int lookups;
    private int voids;

    /// <summary>Where the domain that decided explains its refusals; an included domain's own explanation does not count (6.2).</summary>
    public SpfMacro? Explanation { get; private set; }

    /// <summary>The domain that decided, as %{d} in its explanation.</summary>
    private string Domain { get; set; } = sender.Domain;

    public async Task<(AuthResult Result, string Reason)> RunAsync(CancellationToken cancellation)
    {
        (SpfRecord? record, Ending? ending) = await LoadAsync(sender.Domain, cancellation);
        if (record is null)
            return (ending!.Result, ending.Reason);
        frames.Push(new Frame(sender.Domain, record, null));
        while (true)
        {
            ending = await StepAsync(frames.Peek(), cancellation);
            while (ending is not null)
            {
                if (!TryReturn(ref ending))
                    return (ending!.Result, ending.Reason);
            }
        }
    }

    /// <summary>The name that a domain-spec makes; null when it makes none.</summary>
    public async Task<string?> NameAsync(SpfMacro macro, CancellationToken cancellation)
    {
        SpfMacroValues values = await ValuesAsync(macro, cancellation);
        return values.CanName(macro) ? values.ExpandName(macro) : null;
    }

    public async Task<string?> TextAsync(SpfMacro macro, CancellationToken cancellation) =>
        (await ValuesAsync(macro, cancellation)).Expand(macro);

    private static Ending Permanent(string reason) => new(AuthResult.PermError, reason);

    private static Ending Temporary(string name) => new(AuthResult.TempError, $"the DNS has no answer for {name} now");

    /// <summary>The one policy of a domain (4.4, 4.5), or the ending that its absence is.</summary>
    private async Task<(SpfRecord? Record, Ending? Ending)> LoadAsync(string domain, CancellationToken cancellation)
    {
        DnsAnswer<string> answer = await resolver.TxtAsync(domain, cancellation);
        if (answer.Outcome == DnsOutcome.TemporaryFailure)
            return (null, Temporary(domain));
        List<string> policies = [.. answer.Records.Where(SpfRecord.IsPolicy).Take(2)];
        if (policies.Count == 0)
            return (null, new Ending(AuthResult.None, $"{domain} has no SPF record"));
        if (policies.Count > 1)
            return (null, Permanent($"{domain} has several SPF records"));
        return SpfRecord.TryParse(policies[0], out SpfRecord record)
            ? (record, null)
            : (null, Permanent($"the SPF record of {domain} cannot be understood"));
    }

    /// <summary>Goes on with the record of another domain; that it has none is a permanent error of the one who names it (5.2, 6.1).</summary>
    private async Task<Ending?> EnterAsync(string domain, SpfDirective? includedBy, CancellationToken cancellation)
    {
        (SpfRecord? record, Ending? ending) = await LoadAsync(domain, cancellation);
        if (record is null)
            return ending!.Result == AuthResult.None ? Permanent(ending.Reason) : ending;
        frames.Push(new Frame(domain, record, includedBy));
        return null;
    }

    /// <summary>The next term of a record; null to go on.</summary>
    private async Task<Ending?> StepAsync(Frame frame, CancellationToken cancellation)
    {
        Domain = frame.Domain;
        if (frame.Next < frame.Record.Directives.Count)
        {
            SpfDirective directive = frame.Record.Directives[frame.Next++];
            return directive.Mechanism == SpfMechanism.Include
                ? await IncludeAsync(directive, cancellation)
                : await MatchAsync(directive, cancellation);
        }

        return frame.Record.Redirect is { } target
            ? await RedirectAsync(frame, target, cancellation)
            : new Ending(AuthResult.Neutral, $"no term of {frame.Domain} matches");
    }

    /// <summary>Leaves the innermost record with its ending; false when that ends the whole evaluation.</summary>
    private bool TryReturn(ref Ending? ending)
    {
        Frame left = frames.Pop();
        if (left.IncludedBy is not { } include)
        {
            Explanation = left.Record.Explanation;
            Domain = left.Domain;
            return false;
        }

        if (ending!.Result is AuthResult.TempError or AuthResult.PermError)
            return true;
        ending = ending.Result == AuthResult.Pass ? new Ending(include.Result, $"include of {left.Domain} matches") : null;
        return true;
    }

    private async Task<Ending?> IncludeAsync(SpfDirective include, CancellationToken cancellation)
    {
        if (++lookups > MaxLookups)
            return Permanent("more than 10 terms ask the DNS");
        return await NameAsync(include.Domain!, cancellation) is { } name ? await EnterAsync(name, include, cancellation) : null;
    }

    /// <summary>The record of the target takes the place of this one (6.1).</summary>
    private async Task<Ending?> RedirectAsync(Frame frame, SpfMacro target, CancellationToken cancellation)
    {
        if (++lookups > MaxLookups)
            return Permanent("more than 10 terms ask the DNS");
        string? name = await NameAsync(target, cancellation);
        if (name is null)
            return Permanent($"redirect of {frame.Domain} leads to no name");
        frames.Pop();
        Ending? ending = await EnterAsync(name, frame.IncludedBy, cancellation);
        if (ending is not null)
            frames.Push(frame);
        return ending;
    }

    private async Task<Ending?> MatchAsync(SpfDirective directive, CancellationToken cancellation)
    {
        Match match = directive.Mechanism switch
        {
            SpfMechanism.All => Match.Yes,
            SpfMechanism.Ip4 or SpfMechanism.Ip6 => directive.Network.Contains(sender.Client) ? Match.Yes : Match.No,
            _ => await AskAsync(directive, cancellation),
        };
        return match.Ending ?? (match.Matches
            ? new Ending(directive.Result, $"{directive.Mechanism.ToString().ToLowerInvariant()} of {Domain} matches")
            : null);
    }

    private async Task<Match> AskAsync(SpfDirective directive, CancellationToken cancellation)
    {
        if (++lookups > MaxLookups)
            return new Match(Permanent("more than 10 terms ask the DNS"));
        string? name = directive.Domain is null ? Domain : await NameAsync(directive.Domain, cancellation);
        if (name is null)
            return Match.No;
        return directive.Mechanism switch
        {
            SpfMechanism.A => await MatchHostAsync(name, directive, cancellation),
            SpfMechanism.Mx => await MatchExchangesAsync(name, directive, cancellation),
            SpfMechanism.Exists => await ExistsAsync(name, cancellation),
            _ => await MatchNamesAsync(name, cancellation),
        };
    }

    private async Task<Match> ExistsAsync(string name, CancellationToken cancellation)
    {
        DnsAnswer<IPAddress> answer = await resolver.AddressesAsync(name, AddressFamily.InterNetwork, cancellation);
        return Judge(name, answer) ?? (answer.IsFound ? Match.Yes : Match.No);
    }

    private async Task<Match> MatchHostAsync(string name, SpfDirective directive, CancellationToken cancellation)
    {
        DnsAnswer<IPAddress> answer = await resolver.AddressesAsync(name, sender.Client.AddressFamily, cancellation);
        int prefix = sender.Client.AddressFamily == AddressFamily.InterNetwork ? directive.Prefix4 : directive.Prefix6;
        IPNetwork around = SpfNetwork.Around(sender.Client, prefix);
        return Judge(name, answer) ?? (answer.Records.Any(around.Contains) ? Match.Yes : Match.No);
    }

    private async Task<Match> MatchExchangesAsync(string name, SpfDirective directive, CancellationToken cancellation)
    {
        DnsAnswer<MailExchange> answer = await resolver.MxAsync(name, cancellation);
        if (Judge(name, answer) is { } failure)
            return failure;
        if (answer.Records.Count > MaxHosts)
            return new Match(Permanent($"{name} has more than 10 mail hosts"));
        foreach (MailExchange exchange in answer.Records)
        {
            if (exchange.Host.Length == 0)
                continue;
            Match match = await MatchHostAsync(exchange.Host, directive, cancellation);
            if (match.Matches || match.Ending is not null)
                return match;
        }

        return Match.No;
    }

    private async Task<Match> MatchNamesAsync(string name, CancellationToken cancellation)
    {
        IReadOnlyList<string> names = await ValidatedNamesAsync(countVoid: true, cancellation);
        if (voids > MaxVoids)
            return new Match(Permanent("more than 2 lookups found nothing"));
        return names.Any(host => IsWithin(host, name)) ? Match.Yes : Match.No;
    }

    private static bool IsWithin(string host, string domain) =>
        host.Equals(domain, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);

    /// <summary>The client's names that lead back to its address (5.5). Failures leave names out and never decide.</summary>
    private async Task<IReadOnlyList<string>> ValidatedNamesAsync(bool countVoid, CancellationToken cancellation)
    {
        if (validatedNames is not null)
            return validatedNames;
        DnsAnswer<string> claimed = await resolver.PtrAsync(sender.Client, cancellation);
        if (countVoid && claimed.IsVoid)
            voids++;
        var names = new List<string>();
        foreach (string host in claimed.Records.Take(MaxHosts))
        {
            DnsAnswer<IPAddress> back = await resolver.AddressesAsync(host, sender.Client.AddressFamily, cancellation);
            if (back.Records.Contains(sender.Client))
                names.Add(host.TrimEnd('.'));
        }

        return validatedNames = names;
    }

    /// <summary>The values for a macro; %{p} costs lookups, so only where it is used. Names within the domain go first (7.3).</summary>
    private async Task<SpfMacroValues> ValuesAsync(SpfMacro macro, CancellationToken cancellation)
    {
        SpfMacroValues values = sender with { Domain = Domain };
        if (!macro.Pieces.Any(piece => piece.Letter == 'p'))
            return values;
        IReadOnlyList<string> names = await ValidatedNamesAsync(countVoid: false, cancellation);
        string? name = names.FirstOrDefault(host => host.Equals(Domain, StringComparison.OrdinalIgnoreCase))
            ?? names.FirstOrDefault(host => IsWithin(host, Domain))
            ?? (names.Count > 0 ? names[0] : null);
        return name is null ? values : values with { ValidatedName = name };
    }

    private Match? Judge<T>(string name, DnsAnswer<T> answer)
    {
        if (answer.Outcome == DnsOutcome.TemporaryFailure)
            return new Match(Temporary(name));
        return answer.IsVoid && ++voids > MaxVoids ? new Match(Permanent("more than 2 lookups found nothing")) : null;
    }

    private sealed record Ending(AuthResult Result, string Reason);

    private sealed record Frame(string Domain, SpfRecord Record, SpfDirective? IncludedBy)
    {
        public int Next { get; set; }
    }

    private sealed record Match(Ending? Ending, bool Matches = false)
    {
        public static Match Yes { get; } = new(null, true);

        public static Match No { get; } = new(null, false);
    }
}
