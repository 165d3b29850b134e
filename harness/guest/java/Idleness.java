import java.lang.reflect.Field;
import java.util.Iterator;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.SourceOperatorFactory;
import org.apache.flink.streaming.runtime.operators.TimestampsAndWatermarksOperator;

/**
 * Takes the idleness out of a job's sources before it is submitted.
 *
 * The outputs of a source that is announced idle drop the last watermark of a drain, and with it the last
 * windows. WatermarkStrategyWithIdleness wraps the strategy proper (its field baseStrategy).
 */
class Idleness {
  static int remove(StreamGraph graph) throws Exception {
    int[] removed = new int[1];
    Iterator nodes = graph.getStreamNodes().iterator();
    while (nodes.hasNext()) {
      Object factory = ((StreamNode) nodes.next()).getOperatorFactory();
      if (factory instanceof SourceOperatorFactory) {
        strategy(factory, SourceOperatorFactory.class, removed);
      } else if (factory instanceof SimpleOperatorFactory) {
        Object operator = ((SimpleOperatorFactory) factory).getOperator();
        if (operator instanceof TimestampsAndWatermarksOperator) {
          strategy(operator, TimestampsAndWatermarksOperator.class, removed);
        }
      } else if (factory != null && factory.getClass().getSimpleName().equals("WatermarkAssignerOperatorFactory")) {
        Field timeout = factory.getClass().getDeclaredField("idleTimeout");
        timeout.setAccessible(true);
        if (timeout.getLong(factory) > 0) {
          timeout.setLong(factory, 0L);
          removed[0]++;
        }
      }
    }
    return removed[0];
  }

  static void strategy(Object owner, Class type, int[] removed) throws Exception {
    Field field = type.getDeclaredField("watermarkStrategy");
    field.setAccessible(true);
    Object before = field.get(owner);
    Object after = base(before, removed);
    if (after != before) field.set(owner, after);
  }

  /** The strategy without its idleness, also where another strategy wraps it. */
  static Object base(Object strategy, int[] removed) throws Exception {
    if (strategy == null) return null;
    boolean idle = strategy.getClass().getSimpleName().equals("WatermarkStrategyWithIdleness");
    Field[] fields = strategy.getClass().getDeclaredFields();
    for (int i = 0; i < fields.length; i++) {
      if (!WatermarkStrategy.class.isAssignableFrom(fields[i].getType())) continue;
      fields[i].setAccessible(true);
      Object inner = fields[i].get(strategy);
      Object stripped = base(inner, removed);
      if (idle) {
        removed[0]++;
        return stripped;
      }
      if (stripped != inner) fields[i].set(strategy, stripped);
    }
    return strategy;
  }
}
