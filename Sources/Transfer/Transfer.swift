// The room `Transfer`.
