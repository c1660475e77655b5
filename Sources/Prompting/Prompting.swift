// The room `Prompting`.
