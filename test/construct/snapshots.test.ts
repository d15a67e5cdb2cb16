// What each shape synthesizes to, whole: a change of it is to be seen and meant.
import { shapeNames, templateOf } from '../support/construct-shapes';
import { templateSerializer, withStatementsInOrder } from '../support/construct-template';

expect.addSnapshotSerializer(templateSerializer);

test.each(shapeNames)('the template of %s is the one that was last agreed to', (shape) => {
  expect(templateOf(shape).toJSON()).toMatchSnapshot();
});

test.each(shapeNames)('the template of %s is the same under the recommended feature flags', (shape) => {
  expect(withStatementsInOrder(templateOf(shape, 'the recommended feature flags'))).toEqual(
    withStatementsInOrder(templateOf(shape)),
  );
});
