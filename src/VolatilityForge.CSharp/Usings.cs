global using Core = VolatilityForge;
