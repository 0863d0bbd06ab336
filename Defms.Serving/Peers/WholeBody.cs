using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>Reads small bodies whole.</summary>
internal static class WholeBody
{
    /// <exception cref="BadHttpRequestException">The body has more than <paramref name="limit"/> bytes, or does not end.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequest request, long limit, CancellationToken cancel)
    {
        byte[] bytes = new byte[Math.Min(limit, request.ContentLength ?? limit)];
        int read = await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        return read == limit && await request.Body.ReadAsync(new byte[1], cancel) > 0
            ? throw new BadHttpRequestException("the request is too large", StatusCodes.Status413PayloadTooLarge)
            : bytes[..read];
    }
}
