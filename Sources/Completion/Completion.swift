// The room `Completion`.
