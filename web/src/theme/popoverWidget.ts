import 'element-plus/es/components/popover/style/css'

export { ElPopover } from 'element-plus/es/components/popover/index.mjs'
