using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Defms.Core.Tests.Architecture;

/// <summary>Reads the instructions of compiled methods (ECMA-335, partition III) for the members and types that they name.</summary>
internal static class Instructions
{
    private const byte TwoBytePrefix = 0xFE;

    private static readonly Dictionary<short, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value, code => code.OperandType);

    /// <summary>The types, methods and fields that stand in <paramref name="method"/>'s body; none if it has no body.</summary>
    public static IEnumerable<MemberInfo> MembersNamedBy(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (int at = 0; at < code.Length;)
        {
            OperandType operand = ReadOpCode(code, ref at);
            if (operand is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                yield return Resolve(method, BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at)));
            at += OperandLength(operand, code.AsSpan(at));
        }
    }

    private static OperandType ReadOpCode(byte[] code, ref int at)
    {
        byte first = code[at++];
        return Operands[first == TwoBytePrefix ? (short)(first << 8 | code[at++]) : first];
    }

    private static int OperandLength(OperandType operand, ReadOnlySpan<byte> rest) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BinaryPrimitives.ReadInt32LittleEndian(rest),
        _ => 4,
    };

    private static MemberInfo Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token,
        method.DeclaringType!.GetGenericArguments(),
        method.IsGenericMethod ? method.GetGenericArguments() : null)!;
}
