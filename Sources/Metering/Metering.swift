// The room `Metering`.
