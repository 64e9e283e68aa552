using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class SurfaceTests
{
    private const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static bool IsVisible(MethodBase method) =>
        method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static IEnumerable<Type> Mentioned(MemberInfo member) =>
        member switch
        {
            MethodInfo method when IsVisible(method) =>
            [
                method.ReturnType,
                .. method.GetParameters().Select(parameter => parameter.ParameterType),
            ],
            ConstructorInfo constructor when IsVisible(constructor) => constructor
                .GetParameters()
                .Select(parameter => parameter.ParameterType),
            FieldInfo { IsPublic: true } field => [field.FieldType],
            _ => [],
        };

    private static IEnumerable<Type> Opened(Type type) =>
        type switch
        {
            { HasElementType: true } => Opened(type.GetElementType()!),
            { IsGenericType: true } => [type, .. type.GetGenericArguments().SelectMany(Opened)],
            _ => [type],
        };

    private static (string Place, Type Type)[] Surface() =>
        [
            .. from type in typeof(Maybe).Assembly.GetExportedTypes()
            from member in type.GetMembers(Declared)
            from mentioned in Mentioned(member)
            from one in Opened(mentioned)
            select ($"{type.Name}.{member.Name}", one),
        ];

    [Test]
    public void NoTypeOfFSharpIsInThePublicSurface() =>
        Assert.That(
            Surface()
                .Where(use =>
                    use.Type.Namespace?.StartsWith("Microsoft.FSharp", StringComparison.Ordinal)
                    == true
                )
                .Select(use => $"{use.Place}: {use.Type}"),
            Is.Empty
        );

    [Test]
    public void OfTheCoreOnlyFaultsAreInThePublicSurface() =>
        Assert.That(
            Surface()
                .Where(use => use.Type.Namespace == "VolatilityForge")
                .Select(use => use.Type.Name)
                .Distinct(),
            Is.EquivalentTo(new[] { "Fault", "VolatilityForgeException" })
        );
}
