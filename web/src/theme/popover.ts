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
    // Who does not say whether it is open leaves that to us: the first click comes before the widget is there to hear it.
    const own = shallowRef(false)
    const led = () => 'visible' in attrs
    const tell = (on: boolean): void => {
      if (led()) (attrs['onUpdate:visible'] as ((on: boolean) => void) | undefined)?.(on)
      else own.value = on
    }
    const all = () => (led() ? attrs : { ...attrs, visible: own.value, 'onUpdate:visible': tell })
    watch(() => attrs['visible'] === true || own.value, (on) => { if (on) { woken.value = true; loadPopover() } }, { immediate: true })
    const open = (): void => {
      if (woken.value && widget.value) return // from now on it listens itself
      tell(true)
    }
    return () => {
      const reference = slots['reference']?.()[0] as VNode | undefined
      const shown = reference && cloneVNode(reference, { ref: button, ...(attrs['trigger'] === 'click' ? { onClick: open } : {}) }, true)
      if (!woken.value || !widget.value) return shown
      const { reference: _, ...rest } = slots
      return [shown, h(widget.value, shown ? { ...all(), virtualTriggering: true, virtualRef: button.value } : all(), rest)]
    }
  },
})
