import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const sea: MantineColorsTuple = [
  '#e9f8f7',
  '#d2f0ee',
  '#a5e0dd',
  '#72cdca',
  '#43b5b4',
  '#1f989a',
  '#0c7a80',
  '#0a656b',
  '#08525a',
  '#063f46',
]

const gray: MantineColorsTuple = [
  '#f6f9f9',
  '#eff3f4',
  '#e2e9ea',
  '#d3dcde',
  '#bac6c9',
  '#8a999e',
  '#5c6b71',
  '#435157',
  '#2a373d',
  '#16242a',
]

const dark: MantineColorsTuple = [
  '#d9e2e4',
  '#b6c3c7',
  '#93a3a8',
  '#6c7c82',
  '#38464b',
  '#29353a',
  '#1d272b',
  '#141c1f',
  '#10171a',
  '#0b1113',
]

const fontFamily = [
  'system-ui',
  '-apple-system',
  'BlinkMacSystemFont',
  '"Segoe UI"',
  'Roboto',
  '"Apple SD Gothic Neo"',
  '"Malgun Gothic"',
  '"Noto Sans KR"',
  '"Noto Sans CJK KR"',
  'sans-serif',
].join(', ')

export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: { light: 6, dark: 6 },
  colors: { sea, gray, dark },
  black: '#16242a',
  fontFamily,
  headings: { fontFamily, fontWeight: '620' },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '18px' },
  fontSizes: { xs: '0.75rem', sm: '0.8438rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' }, styles: { label: { fontWeight: 560 } } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'md' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Modal: {
      defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.45, blur: 1 } },
      styles: { title: { fontSize: '1.0625rem', fontWeight: 640, letterSpacing: '-0.01em' } },
    },
    Menu: { defaultProps: { shadow: 'md', radius: 'md', withInitialFocusPlaceholder: false } },
    Popover: { defaultProps: { shadow: 'md', radius: 'md' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, fz: 'xs' } },
    Badge: { styles: { label: { textTransform: 'none', fontWeight: 560 } } },
  },
})

/** Mantine's own variables where its defaults are too faint for small text on our surfaces. */
export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#16242a',
    '--mantine-color-dimmed': '#55656b',
    '--mantine-color-placeholder': '#6b7a80',
    '--mantine-color-default-border': '#d6dfe1',
    '--mantine-color-error': '#c22f2f',
    '--mantine-color-sea-light': '#dff2f1',
    '--mantine-color-sea-light-hover': '#d0ebe9',
    '--mantine-color-sea-light-color': '#0a656b',
    '--mantine-color-gray-light-color': '#4a5a60',
  },
  dark: {
    '--mantine-color-body': '#141c1f',
    '--mantine-color-text': '#e3ebec',
    '--mantine-color-dimmed': '#98a8ad',
    '--mantine-color-placeholder': '#85959b',
    '--mantine-color-default': '#1a2327',
    '--mantine-color-default-hover': '#212c31',
    '--mantine-color-default-border': '#303d42',
    '--mantine-color-error': '#ff8f8f',
    '--mantine-color-sea-light': '#123a3f',
    '--mantine-color-sea-light-hover': '#17484e',
    '--mantine-color-sea-light-color': '#6cd0cd',
    '--mantine-color-gray-light-color': '#a9b8bc',
  },
})
