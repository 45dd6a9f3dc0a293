// The widgets that write a value are loaded when somebody begins to write, or when the first screen has long been there.
import { shallowRef, type Component } from 'vue'

export const FieldInput = shallowRef<Component | null>(null)
export async function loadInputs(): Promise<void> {
  FieldInput.value ??= (await import('./FieldInput.vue')).default
}
