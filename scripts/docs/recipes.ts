// Owns the recipes for heartbeats as docs/guide/heartbeats.md shows them: those of the dashboard, with an example address.
import { RECIPES } from '../../src/heartbeats/recipes.ts';

const EXAMPLE = 'https://status.example.com/ping/4fT0x1b7QmGk2pZs8dJw9yVc';

export const recipesText = (): string =>
  RECIPES.map(
    ({ title, about, language, text }) =>
      `### ${title}\n\n${about}\n\n\`\`\`${language === 'yaml' ? 'yaml recipe' : language}\n${text(EXAMPLE)}\`\`\`\n`,
  ).join('\n');
