// Owns which channel types people read. Does not decide what that changes: the outbox does.
import { channelTypes, findChannelType } from './catalogue.ts';

export const isReadByPeople = (type: string): boolean => findChannelType(type)?.audience === 'people';

/** Messages to them can be gathered, merged and held. A type that this version does not know is not one of them. */
export const peopleTypes = (): string[] => Object.keys(channelTypes).filter(isReadByPeople);
