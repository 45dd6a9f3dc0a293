// The widgets of Element Plus that the app uses from its first screens on, with their sheets.
import 'element-plus/es/components/input/style/css'
import 'element-plus/es/components/select/style/css'
import 'element-plus/es/components/option/style/css'
import 'element-plus/es/components/checkbox/style/css'
import 'element-plus/es/components/dialog/style/css'

export { ElInput } from 'element-plus/es/components/input/index.mjs'
export { ElOption, ElSelect } from 'element-plus/es/components/select/index.mjs'
export { ElCheckbox } from 'element-plus/es/components/checkbox/index.mjs'
export { ElPopover } from './popover'
export { ElDialog } from 'element-plus/es/components/dialog/index.mjs'
