import type { StylesheetJson } from 'cytoscape'
import type { Colours } from '../colours.ts'

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif'
const TONES = ['ok', 'warn', 'error', 'busy', 'unknown'] as const

/** How the picture of a lab is drawn in these colours. */
export const pictureStyle = (colours: Colours): StylesheetJson => [
  {
    selector: 'node',
    style: {
      shape: 'data(shape)' as 'ellipse',
      width: 'data(width)',
      height: 36,
      label: 'data(label)',
      color: colours.text,
      'font-family': FONT,
      'font-size': 13,
      'font-weight': 600,
      'text-valign': 'center',
      'text-halign': 'center',
      'background-color': colours.panel,
      'border-width': 2.5,
      'overlay-opacity': 0,
    },
  },
  {
    selector: 'node[size = "dot"]',
    style: {
      width: 10,
      height: 10,
      'border-width': 0,
      'text-valign': 'bottom',
      'text-margin-y': 5,
      'font-size': 10,
      'font-weight': 500,
      color: colours.muted,
    },
  },
  {
    selector: 'node.box',
    style: {
      shape: 'round-rectangle',
      'background-color': colours.raised,
      'background-opacity': 0.65,
      'border-width': 1,
      'border-color': colours['line-strong'],
      'border-style': 'solid',
      'text-valign': 'top',
      'text-halign': 'center',
      'text-margin-y': -5,
      'font-size': 12,
      'font-weight': 600,
      color: colours.muted,
      padding: '24px',
    },
  },
  {
    selector: 'edge',
    style: {
      'curve-style': 'bezier',
      'control-point-step-size': 34,
      width: 2.2,
      label: 'data(label)',
      'source-label': 'data(fromLabel)',
      'target-label': 'data(toLabel)',
      'source-text-offset': 34,
      'target-text-offset': 34,
      'font-family': FONT,
      'font-size': 11,
      color: colours.muted,
      'text-background-color': colours.panel,
      'text-background-opacity': 0.9,
      'text-background-padding': '2px',
      'text-background-shape': 'roundrectangle',
      'overlay-opacity': 0,
    },
  },
  ...TONES.map((tone) => ({
    selector: `.${tone}`,
    style: { 'border-color': colours[tone], 'line-color': colours[tone] },
  })),
  ...TONES.map((tone) => ({ selector: `node.${tone}[size = "dot"]`, style: { 'background-color': colours[tone] } })),
  ...(['solid', 'dashed', 'dotted'] as const).map((line) => ({
    selector: `.${line}`,
    style: { 'border-style': line, 'line-style': line },
  })),
  { selector: '.dim', style: { opacity: 0.18 } },
  { selector: 'node.chosen', style: { 'background-color': colours['accent-soft'], 'border-width': 4 } },
  { selector: 'edge.chosen', style: { width: 4.5, 'text-background-color': colours['accent-soft'] } },
  { selector: 'node.hover', style: { 'background-color': colours['accent-soft'] } },
]
