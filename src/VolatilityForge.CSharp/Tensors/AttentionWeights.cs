using System;
using System.Collections.Generic;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>Weights of an attention layer, drawn and named.</summary>
internal static class AttentionWeights
{
    public static Core.Gqa<torch.Tensor> Draw(AttentionConfig config, long seed, torch.Device place)
    {
        var rng = Core.RngModule.ofSeed(seed);
        return Core.Gqa.map(
            FuncConvert.FromFunc<Core.Initial, torch.Tensor>(start =>
            {
                (rng, var values) = Core.InitialModule.values(rng, start);
                return TensorOps.One(() =>
                    Core.Ops.ofArray(Core.InitialModule.shape(start), values).to(place)
                );
            }),
            Core.Gqa.initial(config.Inner)
        );
    }

    public static IReadOnlyList<Parameter> Name(Core.Gqa<torch.Tensor> weights)
    {
        var names = Core.Gqa.names("attention");
        return
        [
            new(names.Query, weights.Query, true),
            new(names.Key, weights.Key, true),
            new(names.Value, weights.Value, true),
            new(names.Output, weights.Output, true),
        ];
    }
}
