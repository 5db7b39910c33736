// Owns the projection of the world map: Natural Earth, by Tom Patterson. Pure. The map is drawn with it, and the dots on it.
// Polynomials: https://doi.org/10.1080/15230406.2015.1014425

/** Size of the picture. The south ends before Antarctica. */
export const MAP = { width: 1000, height: 436 } as const;

export interface Place {
  /** Degrees, north and east are positive. */
  readonly latitude: number;
  readonly longitude: number;
}

const SCALE = MAP.width / 2 / (0.8707 * Math.PI);
const NORTHMOST = 83.7;

/** Position on the picture, from its upper left corner. */
export function project({ latitude, longitude }: Place): readonly [x: number, y: number] {
  const x = (longitude * Math.PI) / 180;
  return [MAP.width / 2 + SCALE * x * widthAt(radians(latitude)), heightOf(NORTHMOST) - heightOf(latitude)];
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

const heightOf = (latitude: number): number => {
  const y = radians(latitude);
  const y2 = y * y;
  const y4 = y2 * y2;
  return SCALE * y * (1.007226 + y2 * (0.015085 + y4 * (-0.044475 + 0.028874 * y2 - 0.005916 * y4)));
};

const widthAt = (y: number): number => {
  const y2 = y * y;
  const y4 = y2 * y2;
  return 0.8707 - 0.131979 * y2 + y4 * (-0.013791 + y4 * (0.003971 * y2 - 0.001529 * y4));
};
