globalThis.effects = [...(globalThis.effects ?? []), 'effect'];
