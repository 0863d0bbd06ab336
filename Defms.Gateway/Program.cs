// The gateway to the old mail world is not built yet; the programs are laid out so that it has its place.
await Console.Error.WriteLineAsync("defms-gateway does nothing yet: SMTP and IMAP come with a later version. See CHANGELOG.md.");
return 1;
