// The room `Web`.
