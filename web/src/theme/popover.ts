// The one widget that the frame itself needs; the others come with the screens (widgets.ts).
import 'element-plus/es/components/base/style/css'
import 'element-plus/es/components/config-provider/style/css'
import 'element-plus/es/components/popover/style/css'

export { ElPopover } from 'element-plus/es/components/popover/index.mjs'
