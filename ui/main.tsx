import { render } from 'preact'
import { App } from './app.tsx'
import { startRouter } from './router.ts'
import { startSettings } from './settings.ts'
import { startKeys } from './shortcuts.ts'
import { startStores } from './stores.ts'
import './styles/base.css'
import './styles/parts.css'
import './styles/shell.css'
import './styles/screens.css'

startSettings()
startRouter()
startKeys()
startStores()
const root = document.getElementById('app')
if (root !== null) render(<App />, root)
