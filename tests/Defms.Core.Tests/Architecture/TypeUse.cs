using System.Reflection;

namespace Defms.Core.Tests.Architecture;

/// <summary>That <paramref name="User"/> names <paramref name="Used"/>, a type or a member of one.</summary>
internal sealed record TypeUse(string User, MemberInfo Used)
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    /// <summary>Everything that <paramref name="type"/> names: in its declaration, its members' signatures and its methods' bodies.</summary>
    public static IEnumerable<TypeUse> By(Type type)
    {
        string name = type.FullName!;
        return DeclarationOf(type).Select(used => new TypeUse(name, used))
            .Concat(type.GetMembers(Declared).Where(member => member is not Type).SelectMany(member =>
                NamedBy(member).Select(used => new TypeUse($"{name}.{member.Name}", used))));
    }

    /// <summary>The types behind <see cref="Used"/>, without arrays, references and type arguments around them.</summary>
    public IEnumerable<Type> Types() => Used switch
    {
        Type type => Flat(type),
        MethodInfo method => method.GetGenericArguments().Append(method.DeclaringType!).SelectMany(Flat),
        _ => Used.DeclaringType is { } type ? Flat(type) : [],
    };

    private static IEnumerable<MemberInfo> DeclarationOf(Type type) =>
        type.GetInterfaces()
            .Concat(type.BaseType is { } parent ? [parent] : [])
            .Concat(type.GetGenericArguments().SelectMany(Constraints))
            .Concat(AttributesOf(type));

    private static IEnumerable<MemberInfo> NamedBy(MemberInfo member) => AttributesOf(member).Concat(member switch
    {
        FieldInfo field => [field.FieldType],
        PropertyInfo property => [property.PropertyType],
        EventInfo { EventHandlerType: { } handler } => [handler],
        MethodBase method => SignatureOf(method).Concat(Instructions.MembersNamedBy(method)),
        _ => [],
    });

    private static IEnumerable<Type> SignatureOf(MethodBase method) =>
        method.GetParameters().Select(parameter => parameter.ParameterType)
            .Concat(method is MethodInfo { ReturnType: var returned } ? [returned] : [])
            .Concat(method.IsGenericMethod ? method.GetGenericArguments().SelectMany(Constraints) : [])
            .Concat(method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? []);

    private static IEnumerable<Type> AttributesOf(MemberInfo member) => member.GetCustomAttributesData().SelectMany(attribute =>
        attribute.ConstructorArguments.Select(argument => argument.Value).OfType<Type>().Append(attribute.AttributeType));

    private static IEnumerable<Type> Constraints(Type argument) =>
        argument.IsGenericParameter ? argument.GetGenericParameterConstraints() : [];

    private static IEnumerable<Type> Flat(Type type) =>
        type.HasElementType ? Flat(type.GetElementType()!)
        : type.IsGenericParameter ? []
        : type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Flat).Append(type.GetGenericTypeDefinition())
        : [type];
}
