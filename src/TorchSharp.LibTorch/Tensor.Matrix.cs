namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor matmul(Tensor target) => Ops.matmul.Call(this, target);

        public Tensor mm(Tensor target) => Ops.mm.Call(this, target);

        public Tensor mv(Tensor target) => Ops.mv.Call(this, target);

        public Tensor bmm(Tensor batch2) => Ops.bmm.Call(this, batch2);

        public Tensor dot(Tensor other) => Ops.dot.Call(this, other);

        public Tensor inner(Tensor vec2) => Ops.inner.Call(this, vec2);

        public Tensor outer(Tensor vec2) => Ops.outer.Call(this, vec2);

        public Tensor ger(Tensor vec2) => outer(vec2);

        public Tensor kron(Tensor other) => Ops.kron.Call(this, other);

        /// <summary>beta times this plus alpha times the product of mat1 and mat2.</summary>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Ops.addmm.Call(this, mat1, mat2, beta, alpha);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Ops.addmm_.Change(this, this, mat1, mat2, beta, alpha);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Ops.baddbmm.Call(this, batch1, batch2, beta, alpha);

        public Tensor trace() => Ops.trace.Call(this);

        public Tensor tril(long diagonal = 0) => Ops.tril.Call(this, diagonal);

        public Tensor triu(long diagonal = 0) => Ops.triu.Call(this, diagonal);

        /// <summary>A vector becomes a matrix with that diagonal; a matrix gives its diagonal.</summary>
        public Tensor diag(long diagonal = 0) => Ops.diag.Call(this, diagonal);

        public Tensor diag_embed(long offset = 0L, long dim1 = -2L, long dim2 = -1L) =>
            Ops.diag_embed.Call(this, offset, dim1, dim2);

        /// <summary>A view of the diagonal, as the last dimension.</summary>
        public Tensor diagonal(long offset = 0L, long dim1 = 0L, long dim2 = 1L) =>
            dim1 != dim2
                ? Ops.diagonal.Call(this, offset, dim1, dim2)
                : throw new System.ArgumentException(
                    $"Diagonal dimensions cannot be identical {dim1}, {dim2}"
                );

        public Tensor norm(float p = 2.0f) => Ops.norm.Call(this, p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) =>
            Ops.norm_dim.Call(this, p, new long[] { dim }, keepdim);

        public Tensor dist(Tensor other, float p = 2.0f) => Ops.dist.Call(this, other, p);
    }

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    public static Tensor mv(Tensor input, Tensor target) => input.mv(target);

    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);

    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);

    public static Tensor inner(Tensor input, Tensor vec2) => input.inner(vec2);

    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);

    public static Tensor kron(Tensor input, Tensor other) => input.kron(other);

    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) =>
        input.addmm(mat1, mat2, beta, alpha);

    public static Tensor baddbmm(
        Tensor input,
        Tensor batch1,
        Tensor batch2,
        float beta = 1,
        float alpha = 1
    ) => input.baddbmm(batch1, batch2, beta, alpha);

    /// <summary>Einstein's summation: letters name dimensions, those missing right of the arrow are summed over.</summary>
    public static Tensor einsum(string equation, params Tensor[] tensors) =>
        Ops.einsum.Call(equation, tensors);

    public static Tensor trace(Tensor input) => input.trace();

    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);

    public static Tensor triu(Tensor input, long diagonal = 0L) => input.triu(diagonal);

    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);

    public static Tensor diag_embed(
        Tensor input,
        long offset = 0L,
        long dim1 = -2L,
        long dim2 = -1L
    ) => input.diag_embed(offset, dim1, dim2);

    public static Tensor diagonal(Tensor input, long offset = 0, long dim1 = 0, long dim2 = 0) =>
        input.diagonal(offset, dim1, dim2);

    public static Tensor norm(Tensor input, float p = 2.0f) => input.norm(p);

    public static Tensor norm(Tensor input, int dimension, bool keepdim = false, float p = 2.0f) =>
        input.norm(dimension, keepdim, p);

    public static Tensor dist(Tensor input, Tensor other, float p = 2.0f) => input.dist(other, p);
}
