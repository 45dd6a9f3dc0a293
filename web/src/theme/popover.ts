// A popover whose widget is loaded when it is opened for the first time: until then there is the button alone. The frame and the
// lists have a dozen of them, and most are never opened.
import { cloneVNode, defineComponent, h, shallowRef, watch, type Component, type VNode } from 'vue'

const widget = shallowRef<Component | null>(null)
async function load(): Promise<void> {
  widget.value ??= (await import('./popoverWidget')).ElPopover
}
export const loadPopover = (): void => void load().catch(() => undefined)

export const ElPopover = defineComponent({
  name: 'LatePopover',
  inheritAttrs: false,
  setup(_props, { attrs, slots }) {
    const button = shallowRef<HTMLElement | null>(null)
    const woken = shallowRef(false)
    watch(() => attrs['visible'] === true, (on) => { if (on) { woken.value = true; loadPopover() } }, { immediate: true })
    const open = (): void => {
      if (woken.value && widget.value) return // from now on it listens itself
      const tell = attrs['onUpdate:visible'] as ((on: boolean) => void) | undefined
      tell?.(true)
    }
    return () => {
      const reference = slots['reference']?.()[0] as VNode | undefined
      const shown = reference && cloneVNode(reference, { ref: button, ...(attrs['trigger'] === 'click' ? { onClick: open } : {}) }, true)
      if (!woken.value || !widget.value) return shown
      const { reference: _, ...rest } = slots
      return [shown, h(widget.value, shown ? { ...attrs, virtualTriggering: true, virtualRef: button.value } : attrs, rest)]
    }
  },
})
