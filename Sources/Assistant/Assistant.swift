// The room `Assistant`.
