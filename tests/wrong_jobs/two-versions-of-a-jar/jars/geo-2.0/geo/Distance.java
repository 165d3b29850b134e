package geo;

public class Distance {
  public static final int VERSION = 2;
}
