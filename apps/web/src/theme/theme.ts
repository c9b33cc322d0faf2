import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** The neutral grey of the light theme: surfaces from the start of the list, text from its end. */
const gray: MantineColorsTuple = [
  '#fafafb',
  '#f4f4f6',
  '#ececf0',
  '#e1e2e7',
  '#cbccd4',
  '#9899a5',
  '#5d5f6b',
  '#484a55',
  '#31333c',
  '#1b1c22',
]
/** The neutral grey of the dark theme: text from the start, surfaces from the end; 7 is the page. */
const dark: MantineColorsTuple = [
  '#ecedf1',
  '#c6c8d0',
  '#a2a5b0',
  '#777a87',
  '#454853',
  '#2d2f38',
  '#212329',
  '#131418',
  '#0e0f12',
  '#09090b',
]
const accent: MantineColorsTuple = [
  '#f1f0fe',
  '#e2e0fc',
  '#c6c2f8',
  '#a9a3f3',
  '#8d85ec',
  '#6b5fdd',
  '#5b4fd1',
  '#4c41b6',
  '#3d3494',
  '#2c266b',
]
const red: MantineColorsTuple = [
  '#fdeeee',
  '#fbdcdb',
  '#f6b6b3',
  '#f28f8b',
  '#ec6a66',
  '#dc4440',
  '#c22f2c',
  '#a62422',
  '#831c1a',
  '#5c1413',
]
const green: MantineColorsTuple = [
  '#ebf8f0',
  '#d4f0df',
  '#a6dfbd',
  '#74cc98',
  '#47b577',
  '#2b9a5e',
  '#1c7d4a',
  '#16643b',
  '#114d2e',
  '#0b3520',
]
const yellow: MantineColorsTuple = [
  '#fdf5e3',
  '#faeac4',
  '#f3d48a',
  '#ebbd52',
  '#dda42c',
  '#b98113',
  '#8f6108',
  '#744e06',
  '#5a3d06',
  '#3e2a05',
]
const blue: MantineColorsTuple = [
  '#eaf4fd',
  '#d3e8fa',
  '#a5d0f4',
  '#74b6ed',
  '#479ce3',
  '#2581cd',
  '#1468ad',
  '#11538a',
  '#0e406a',
  '#0a2c49',
]

// theme.css always keeps space for the scroll bar. If Mantine removed the bar as well, the page would move.
const removeScrollProps = { removeScrollBar: false }

export const theme = createTheme({
  colors: { gray, dark, accent, red, green, yellow, blue, orange: yellow },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 5 },
  black: gray[9],
  fontFamily: 'var(--tw-font), ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  headings: { fontFamily: 'inherit', fontWeight: '600' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'md',
  shadows: {
    xs: '0 1px 2px rgb(0 0 0 / 0.06)',
    sm: '0 1px 3px rgb(0 0 0 / 0.08)',
    md: '0 4px 12px rgb(0 0 0 / 0.1)',
    lg: '0 8px 24px rgb(0 0 0 / 0.12)',
    xl: '0 12px 32px rgb(0 0 0 / 0.16)',
  },
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { transitionProps: { duration: 80 }, withArrow: false } },
    SegmentedControl: { defaultProps: { transitionDuration: 120 } },
    Modal: {
      defaultProps: { transitionProps: { duration: 120, transition: 'fade' }, centered: true, removeScrollProps },
    },
    Drawer: { defaultProps: { transitionProps: { duration: 140 }, removeScrollProps } },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'md' } },
    Popover: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'md' } },
    Combobox: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'md' } },
  },
})

/** Replaces shades of Mantine that have too little or too much contrast with this palette. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': gray[6],
    '--mantine-color-placeholder': '#6b6d79',
    '--mantine-color-default-border': gray[3],
    '--mantine-color-default-hover': gray[1],
    '--mantine-color-error': '#b92a27',
    '--mantine-color-anchor': accent[6],
  },
  dark: {
    '--mantine-color-dimmed': dark[2],
    '--mantine-color-placeholder': '#8b8e9a',
    '--mantine-color-default': '#1b1c21',
    '--mantine-color-default-border': dark[5],
    '--mantine-color-default-hover': '#23252c',
    '--mantine-color-error': '#f58883',
    '--mantine-color-anchor': accent[3],
  },
})
