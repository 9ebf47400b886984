export const early = await new Promise((r) => queueMicrotask(() => r('early')));
