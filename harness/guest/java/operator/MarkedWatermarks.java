package harness.operator;

import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.types.Row;

/**
 * Watermarks exactly where the rows say so: PyFlink itself knows periodic ones alone, and a short
 * input is over before the first.
 *
 * A row is (kind, timestamp, ...); kind 1 is a watermark. Compiled by Janino, and given to the job in a
 * jar of its own: tasks do not see classes that were compiled into the JVM.
 */
public class MarkedWatermarks implements WatermarkStrategy {
  static final int WATERMARK = 1;

  public WatermarkGenerator createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
    return new Generator();
  }

  public TimestampAssigner createTimestampAssigner(TimestampAssignerSupplier.Context context) {
    return new Assigner();
  }

  public static class Assigner implements TimestampAssigner {
    public long extractTimestamp(Object row, long earlier) {
      return ((Long) ((Row) row).getField(1)).longValue();
    }
  }

  public static class Generator implements WatermarkGenerator {
    public void onEvent(Object row, long timestamp, WatermarkOutput output) {
      if (((Integer) ((Row) row).getField(0)).intValue() == WATERMARK)
        output.emitWatermark(new Watermark(timestamp));
    }

    public void onPeriodicEmit(WatermarkOutput output) {}
  }
}
