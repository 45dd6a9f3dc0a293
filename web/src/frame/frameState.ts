// What of the frame is open; asked for from the palette, by keys, from pages.
import { ref } from 'vue'

export const paletteOpen = ref(false)
export const keysHelp = ref(false)
/** Null: closed; a text: the quick line is open with it. */
export const lineText = ref<string | null>(null)
export const lineEntity = ref('lead')

export function openLine(text: string, entity = 'lead'): void {
  lineEntity.value = entity
  lineText.value = text
}
