using System;

namespace TorchSharp;

/// <summary>The stack of dispose scopes of one thread.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? threadSingleton;

    internal static DisposeScopeManager ThreadSingleton =>
        threadSingleton ??= new DisposeScopeManager();

    internal ThreadDisposeScopeStatistics StatisticsInstance { get; } = new();

    internal DisposeScope? CurrentDisposeScope { get; private set; }

    /// <summary>What this thread has made and disposed.</summary>
    public static ThreadDisposeScopeStatistics Statistics => ThreadSingleton.StatisticsInstance;

    internal DisposeScope? RegisterOnCurrentDisposeScope(torch.Tensor item)
    {
        DisposeScope? scope = CurrentDisposeScope;
        if (scope is null)
        {
            StatisticsInstance.Tensors.CreatedOutsideScopeCount++;
            return null;
        }

        StatisticsInstance.Tensors.CreatedInScopeCount++;
        scope.Disposables.Add(item);
        return scope;
    }

    internal void DisposingOnCurrentScope(torch.Tensor item)
    {
        if (item.OwningDisposeScope is null)
        {
            StatisticsInstance.Tensors.DisposedOutsideScopeCount++;
        }
        else
        {
            StatisticsInstance.Tensors.DisposedInScopeCount++;
        }
    }

    internal DisposeScope NewDisposeScope() => CurrentDisposeScope = new DisposeScope(this);

    // Scopes may be disposed out of order: the one that goes is unlinked wherever it stands.
    internal void RemoveDisposeScope(DisposeScope disposeScope)
    {
        DisposeScope? scope = CurrentDisposeScope;
        if (ReferenceEquals(scope, disposeScope))
        {
            CurrentDisposeScope = disposeScope.OuterScope;
            return;
        }

        while (scope is not null)
        {
            if (ReferenceEquals(scope.OuterScope, disposeScope))
            {
                scope.OuterScope = disposeScope.OuterScope;
                return;
            }

            scope = scope.OuterScope;
        }
    }
}
